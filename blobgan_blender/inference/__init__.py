"""From a model file to pictures: devices, folded weights, caches."""
