"""What every wing may use and that knows no LSTM: arrays, options, files, streams, extras, pages."""
