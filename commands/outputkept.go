package commands

import "io"

// keptOutput is an output that remembers what it could not write: not every writer above it asks.
type keptOutput struct {
	io.Writer
	err error
}

func (k *keptOutput) Write(p []byte) (int, error) {
	n, err := k.Writer.Write(p)
	if err != nil && k.err == nil {
		k.err = err
	}
	return n, err
}
