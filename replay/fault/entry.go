package fault

import (
	"encoding/json"
	"io"
	"time"
)

// entryLine is an Entry as a line of the log.
type entryLine struct {
	N       int64   `json:"n"`
	Delta   *int    `json:"delta"`
	Version int64   `json:"version,omitempty"`
	Item    string  `json:"item,omitempty"`
	Fault   Kind    `json:"fault"`
	Out     int64   `json:"out,omitempty"`
	By      float64 `json:"by,omitempty"`
	Detail  string  `json:"detail"`
}

// MarshalJSON writes the entry as the log holds it:
// {"n":12,"delta":0,"version":42,"item":"bill:3","fault":"drop","detail":"…"}. By is in seconds,
// and delta null where the record as a whole is meant; version, item, out and by are absent where
// they are 0 or empty.
func (e Entry) MarshalJSON() ([]byte, error) {
	line := entryLine{N: e.N, Version: e.Version, Item: e.Item, Fault: e.Fault, Out: e.Out, By: e.By.Seconds(), Detail: e.Detail}
	if e.Delta >= 0 {
		line.Delta = &e.Delta
	}
	return json.Marshal(line)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Entry) UnmarshalJSON(text []byte) error {
	var line entryLine
	if err := json.Unmarshal(text, &line); err != nil {
		return err
	}
	*e = Entry{
		N: line.N, Delta: -1, Version: line.Version, Item: line.Item, Fault: line.Fault, Out: line.Out,
		By: time.Duration(line.By * float64(time.Second)).Round(time.Microsecond), Detail: line.Detail,
	}
	if line.Delta != nil {
		e.Delta = *line.Delta
	}
	return nil
}

// Log writes entries to w, an object a line.
func Log(w io.Writer) func(Entry) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(e Entry) error { return encoder.Encode(e) }
}
