// Parsing as sequence labelling: the reader counts the labels, and the model scores them.
function(encoding) { dataset_reader+: { encoding: encoding }, model+: { encoding: encoding } }
