"""What is imported only when it is used: which module of AllenNLP, or of cached_path, asks for what.

AllenNLP imports everything that one of its parts might use. Most models use none of it, so it need not be installed,
and where it is installed it need not be loaded. A row here is the one place that says so.
"""

from typing import Dict, Tuple

ON_DEMAND: Dict[str, Tuple[str, ...]] = {
    "allennlp": ("transformers",),
    "allennlp.commands.diff": ("termcolor",),
    "allennlp.commands.find_learning_rate": ("matplotlib",),
    "allennlp.common.cached_transformers": ("transformers",),
    "allennlp.common.file_utils": ("lmdb",),
    "allennlp.common.push_to_hf": ("huggingface_hub",),
    "allennlp.common.registrable": ("nltk",),
    "allennlp.common.testing": ("pytest",),
    "allennlp.common.util": ("base58", "dill"),
    "allennlp.data.data_loaders.data_collator": ("transformers",),
    "allennlp.data.data_loaders.multitask_scheduler": ("more_itertools",),
    "allennlp.data.image_loader": ("torchvision",),
    "allennlp.data.tokenizers.pretrained_transformer_tokenizer": ("transformers",),
    "allennlp.data.vocabulary": ("transformers",),
    "allennlp.fairness.bias_direction": ("sklearn",),
    "allennlp.fairness.bias_mitigators": ("scipy", "sklearn"),
    "allennlp.fairness.fairness_metrics": ("scipy",),
    "allennlp.modules.elmo": ("h5py",),
    "allennlp.modules.elmo_lstm": ("h5py",),
    "allennlp.modules.token_embedders.embedding": ("h5py",),
    "allennlp.modules.token_embedders.pretrained_transformer_embedder": ("transformers",),
    "allennlp.modules.transformer.activation_layer": ("transformers",),
    "allennlp.modules.vision.grid_embedder": ("torchvision",),
    "allennlp.modules.vision.region_detector": ("torchvision",),
    "allennlp.nn.checkpoint.fairscale_checkpoint_wrapper": ("fairscale",),
    "allennlp.nn.parallel.fairscale_fsdp_accelerator": ("fairscale",),
    "allennlp.training.callbacks.tensorboard": ("tensorboardX",),
    "allennlp.training.callbacks.wandb": ("wandb",),
    "allennlp.training.learning_rate_schedulers.learning_rate_scheduler": ("transformers",),
    "allennlp.training.metrics.auc": ("sklearn",),
    "allennlp.training.metrics.evalb_bracketing_scorer": ("nltk",),
    "allennlp.training.metrics.spearman_correlation": ("scipy",),
    "allennlp.training.optimizers": ("transformers",),
    # The clients of cloud storage, with boto3, google-cloud-storage and huggingface_hub.
    "cached_path.schemes": (
        "cached_path.schemes.gs",
        "cached_path.schemes.hf",
        "cached_path.schemes.r2",
        "cached_path.schemes.s3",
    ),
}
"""The importing module, and the packages or modules that it gets on demand."""

KNOWN: Dict[str, Dict[str, str]] = {
    "cached_path.schemes.gs.GsClient": {"scheme": "gs"},
    "cached_path.schemes.r2.R2Client": {"scheme": "r2"},
    "cached_path.schemes.s3.S3Client": {"scheme": "s3"},
}
"""What is asked of a class while the importing module is executed, so that it must be known without the class."""

DISTRIBUTIONS: Dict[str, str] = {
    "botocore": "boto3",
    "google": "google-cloud-storage",
    "huggingface_hub": "huggingface_hub<1",  # `allennlp push-to-hf` uses two classes that 1.0 removed
    "more_itertools": "more-itertools",
    "sklearn": "scikit-learn",
    "termcolor": "termcolor==1.1.0",  # 2.0 removed what AllenNLP calls
}
"""What to install for a package, where the two have different names or not every release will do."""
