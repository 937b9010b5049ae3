"""What Keras' two kinds of file share: archives and HDF5 read within bounds, configurations, layers."""
