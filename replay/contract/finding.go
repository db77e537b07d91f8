package contract

// Severity says how much a finding matters.
type Severity uint8

const (
	// Warning: the message departs from the letter of the contract, in a way
	// that servers are known to do or that no client is hurt by.
	Warning Severity = iota
	// Error: the contract is broken in a way that a client can be hurt by.
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Finding is one departure from the contract, or one oddity of the JSON.
type Finding struct {
	Rule     string // name of the rule, one of Rules
	Severity Severity
	Delta    int    // index of the delta in its message; -1 means the message itself
	Message  string // one sentence, lower case, without a full stop; text from the wire in it is quoted
}

// Rule is something that the contract asks for.
type Rule struct {
	Name     string // stable, kebab case
	Severity Severity
	Says     string // the sentence of the contract that it stands for
}
