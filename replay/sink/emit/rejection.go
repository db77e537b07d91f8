package emit

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/carebase/deltatap/replay/plan"
)

// rejection says whether the arguments of an answer say no, and in which words.
func rejection(args []byte) (rejected bool, message string) {
	arguments := plan.Elements(args)
	if len(arguments) == 0 {
		return false, ""
	}
	for _, m := range plan.Members(nil, arguments[0]) {
		switch value := string(m.Value); string(m.Name) {
		case "error":
			if value != "null" && value != "false" {
				rejected, message = true, words(m.Value)
			}
		case "ok", "success":
			rejected = rejected || value == "false"
		case "message":
			if message == "" {
				message = words(m.Value)
			}
		}
	}
	return rejected, message
}

// words is the text of a JSON string, or of the member "message" of an object; "" of everything
// else.
func words(value []byte) string {
	switch plan.KindOf(value) {
	case plan.String:
		text, _ := jsontext.AppendUnquote(nil, value)
		return string(text)
	case plan.Object:
		if message := plan.Get(value, "message"); plan.KindOf(message) == plan.String {
			return words(message)
		}
	}
	return ""
}
