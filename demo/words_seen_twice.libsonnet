// A word seen once stands for all unknown words.
{ vocabulary: { min_count: { words: 2 } } }
