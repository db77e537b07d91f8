package endpoint

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// Token gets a token. It is asked again at every connection, because tokens live minutes; an
// implementation keeps one only where it cannot be had twice. It honours ctx, may be used from
// several goroutines at once, and neither prints a token nor puts one into an error. "" without an
// error means that none is to be sent.
type Token interface {
	Token(ctx context.Context) (string, error)
}

// maxToken bounds a token's length in bytes. Servers refuse headers long before.
const maxToken = 64 << 10

// The schemes of token references.
const (
	schemeEnv  = "env://"
	schemeFile = "file://"
	schemeExec = "exec://"
)

const referenceHint = "a reference to the token: env://NAME, file://PATH or exec://COMMAND"

// Anonymous sends no token.
var Anonymous Token = anonymous{}

type anonymous struct{}

func (anonymous) Token(context.Context) (string, error) { return "", nil }
func (anonymous) String() string                        { return "none" }

// ParseToken reads a reference: env://NAME, file://PATH or exec://COMMAND; "" is Anonymous. What is
// none of these may be a token written where a reference belongs, so the error does not repeat it.
func ParseToken(ref string) (Token, error) { return parseToken(ref, osEnvironment) }

func parseToken(ref string, env func(string) string) (Token, error) {
	switch {
	case ref == "":
		return Anonymous, nil
	case strings.HasPrefix(ref, schemeEnv):
		return newVariableToken(ref[len(schemeEnv):], env)
	case strings.HasPrefix(ref, schemeFile):
		token, err := newFileToken(ref[len(schemeFile):])
		if err != nil {
			return nil, err
		}
		return token, nil
	case strings.HasPrefix(ref, schemeExec):
		return newExecToken(ref[len(schemeExec):])
	}
	return nil, faulty("not a reference to a token").hinted(referenceHint)
}

// isReference tells whether ref is written as one, whether or not it can be used.
func isReference(ref string) bool {
	return strings.HasPrefix(ref, schemeEnv) || strings.HasPrefix(ref, schemeFile) || strings.HasPrefix(ref, schemeExec)
}

// Describe names where a token comes from: "env://NAME", "file://PATH", "exec://…", "none"; never
// what it is. A command is not repeated, since commands carry secrets of their own.
func Describe(t Token) string {
	switch t := t.(type) {
	case nil:
		return "none"
	case fmt.Stringer:
		return t.String()
	}
	return "hidden"
}

// static holds a closure, not a string, so that no printer that walks over fields finds the text.
type static struct{ text func() string }

// Static is a token that is known already.
func Static(token string) (Token, error) {
	token, err := checked(token)
	if err != nil {
		return nil, err
	}
	return &static{func() string { return token }}, nil
}

func (s *static) Token(context.Context) (string, error) { return s.text(), nil }
func (*static) String() string                          { return "given" }
func (*static) GoString() string                        { return "given" }
func (*static) Format(f fmt.State, _ rune)              { io.WriteString(f, "given") }

// variableToken reads an environment variable.
type variableToken struct {
	name string
	env  func(string) string
}

var variableName = compileLater(`^[A-Za-z_][A-Za-z0-9_]*$`)

func newVariableToken(name string, env func(string) string) (Token, error) {
	if !variableName().MatchString(name) {
		return nil, faulty("env:// wants the name of an environment variable").hinted("env://NAME")
	}
	return variableToken{name, env}, nil
}

func (t variableToken) String() string { return schemeEnv + t.name }

func (t variableToken) Token(context.Context) (string, error) {
	value := t.env(t.name)
	if value == "" {
		return "", about(t.String(), faulty("the variable is not set").hinted("set it to the token, or name another reference"))
	}
	token, err := checked(value)
	return token, about(t.String(), err)
}

// checked trims a token and refuses what cannot travel in a header; it never shows what it refuses.
func checked(text string) (string, error) {
	token := strings.Trim(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	switch {
	case token == "":
		return "", faulty("the token is empty")
	case len(token) > maxToken:
		return "", faulty("the token is longer than %d bytes", maxToken)
	case len(token) > 7 && strings.EqualFold(token[:7], "bearer "):
		return "", faulty("the token begins with \"Bearer\"").hinted("write the token alone")
	}
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c >= 0x7f {
			return "", faulty("the token holds a space, a control character or a letter beyond ASCII")
		}
	}
	return token, nil
}

// firstLine is text up to its first line's end.
func firstLine(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
