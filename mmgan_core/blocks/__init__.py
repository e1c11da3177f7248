"""Parts of networks that plugins of several modalities share."""
