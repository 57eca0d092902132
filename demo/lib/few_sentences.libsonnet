// Few sentences have labels: batches are smaller than for a real corpus, and the learning rate is higher.
function(epochs, lr) {
  data_loader+: { batch_sampler+: { batch_size: 16 } },
  trainer+: { num_epochs: epochs, optimizer+: { lr: lr } },
}
