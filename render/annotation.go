package render

import (
	"fmt"
	"io"
	"strings"
)

// Annotation writes a finding as GitHub's workflows read it: "::error
// file=…,line=…,title=…::message". severity is error or warning; line is left out where it is 0.
func Annotation(w io.Writer, severity, file string, line int64, title, message string) error {
	at := ""
	if line > 0 {
		at = fmt.Sprintf(",line=%d", line)
	}
	_, err := fmt.Fprintf(w, "::%s file=%s%s,title=%s::%s\n", severity, property(file), at, property(title), data(message))
	return err
}

var (
	dataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return dataEscapes.Replace(Clean(s)) }
func property(s string) string { return propertyEscapes.Replace(Clean(s)) }
