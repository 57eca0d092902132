// For a student that reads text too. Its recipe is that of the student alone, and so is, about, its number of steps:
// with four times as many sentences, a quarter of the epochs. If your text is shorter or longer, change the number.
{ trainer+: { num_epochs: std.ceil(super.num_epochs / 4) } }
