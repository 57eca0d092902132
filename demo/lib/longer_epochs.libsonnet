// With the text without labels an epoch is nearly five times as long: fewer epochs and larger batches, for as many updates.
{ data_loader+: { batch_sampler+: { batch_size: 32 } }, trainer+: { num_epochs: 12 } }
