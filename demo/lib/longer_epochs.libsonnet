// With the text without labels an epoch has eleven times the sentences: fewer epochs and larger batches, for as many updates.
{ data_loader+: { batch_sampler+: { batch_size: 32 } }, trainer+: { num_epochs: 7 } }
