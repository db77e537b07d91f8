package render

import (
	"encoding/json"
	"io"
)

// JSON writes a value on a line of its own; text in it is as it came.
func JSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
