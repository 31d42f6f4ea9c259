"""Any enhancer over sound of any length, rate and channel count, in bounded memory."""
