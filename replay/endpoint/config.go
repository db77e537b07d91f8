package endpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxConfig bounds the configuration file's size in bytes.
const maxConfig = 1 << 20

// Context is a named server of the configuration file, and how to get its token. It prints itself
// redacted.
type Context struct {
	Name       string
	Server     string            // a URL
	Token      string            // a reference, never a token; "" for none
	Headers    map[string]string // name to value; never Authorization
	Transport  string
	SocketPath string
	CAFile     string
	Insecure   bool
	Writable   bool
	Timeout    time.Duration
}

// Config is a configuration file that was read. Its zero value is an empty one.
type Config struct {
	Path     string // where it was read, or would be written
	Current  string // name of the context to use where none is named; "" for none
	Contexts map[string]Context
}

// ConfigPath is where the configuration is: the flag's value, DELTATAP_CONFIG, or
// deltatap/config.yaml in $XDG_CONFIG_HOME or ~/.config. named tells that the user named the file.
func ConfigPath(flag string, env func(string) string) (path string, named bool) {
	if flag != "" {
		return expandHome(flag), true
	}
	if path := env(envConfig); path != "" {
		return expandHome(path), true
	}
	// A relative XDG_CONFIG_HOME is to be ignored, says its specification.
	dir := env("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		home := env("HOME")
		if home == "" {
			home, _ = os.UserHomeDir()
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "deltatap", "config.yaml"), false
}

// OpenConfig reads the configuration file that the flag or the environment names, which must exist,
// or the one in its usual place, which need not.
func OpenConfig(flag string, env func(string) string) (*Config, error) {
	path, named := ConfigPath(flag, env)
	config, err := LoadConfig(path)
	if err == nil && named && config.Contexts == nil {
		if _, err := os.Stat(path); err != nil {
			return nil, about(path, fileFault(err).hinted("deltatap context add makes one"))
		}
	}
	return config, err
}

// LoadConfig reads a configuration file; a file that does not exist is an empty one. Unknown keys,
// wrong types and a token in place of a reference are errors that name the key and never show a
// value.
func LoadConfig(path string) (*Config, error) {
	text, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	config, err := parseConfig(text)
	if err != nil {
		return nil, about(path, err)
	}
	config.Path = path
	config.anchor(filepath.Dir(path))
	return config, nil
}

// readConfig is the file's text, or nothing where there is no file.
func readConfig(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, about(path, fileFault(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil {
		return nil, about(path, fileFault(err))
	}
	if len(text) > maxConfig {
		return nil, about(path, faulty("longer than %d bytes", maxConfig))
	}
	return text, nil
}

func parseConfig(yamlText []byte) (*Config, error) {
	var members map[string]any
	if err := yaml.Unmarshal(yamlText, &members); err != nil {
		return nil, yamlFault(err)
	}
	nameKeys(members)
	config := &Config{}
	err := fields(members, map[string]func(any) error{
		"current":  text(&config.Current),
		"contexts": func(v any) error { return config.readContexts(v) },
	})
	return config, err
}

// nameKeys makes text of the keys below members that are none: a context may be called 2026, or
// true.
func nameKeys(members map[string]any) {
	for key, value := range members {
		if odd, ok := value.(map[any]any); ok {
			named := make(map[string]any, len(odd))
			for k, v := range odd {
				named[fmt.Sprint(k)] = v
			}
			members[key], value = named, named
		}
		if below, ok := value.(map[string]any); ok {
			nameKeys(below)
		}
	}
}

var yamlLine = compileLater(`line (\d+)`)

// yamlFault says where a file is no YAML. The parser's own words may quote the file, and with it a
// secret.
func yamlFault(err error) *Error {
	reason := "not YAML"
	if line := yamlLine().FindStringSubmatch(err.Error()); line != nil {
		reason += " (line " + line[1] + ")"
	}
	return faulty("%s", reason)
}

func (c *Config) readContexts(value any) error {
	if value == nil {
		return nil
	}
	all, ok := value.(map[string]any)
	if !ok {
		return faulty("want names with contexts below them")
	}
	c.Contexts = make(map[string]Context, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := CheckName(name); err != nil {
			return err
		}
		context, err := readContext(name, all[name])
		if err != nil {
			return within(name, err)
		}
		c.Contexts[name] = context
	}
	return nil
}

func readContext(name string, value any) (Context, error) {
	context := Context{Name: name}
	members, ok := value.(map[string]any)
	if !ok {
		return context, faulty("want server, token and the like below it")
	}
	err := fields(members, map[string]func(any) error{
		"server":     text(&context.Server),
		"token":      text(&context.Token),
		"headers":    texts(&context.Headers),
		"transport":  text(&context.Transport),
		"socketPath": text(&context.SocketPath),
		"caFile":     text(&context.CAFile),
		"insecure":   truth(&context.Insecure),
		"writable":   truth(&context.Writable),
		"timeout":    duration(&context.Timeout),
	})
	if err != nil {
		return context, err
	}
	return context, context.Check()
}

var contextName = compileLater(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName tells whether a context may be called so.
func CheckName(name string) error {
	if contextName().MatchString(name) {
		return nil
	}
	return faulty("not a name for a context").hinted("letters, digits, '.', '_' and '-', at most 64")
}

// Check tells what in a context cannot be used, without looking at files or the network.
func (c Context) Check() error {
	if c.Server == "" {
		return within("server", faulty("missing"))
	}
	if _, err := ParseServer(c.Server); err != nil {
		return within("server", err)
	}
	if _, err := ParseToken(c.Token); err != nil {
		return within("token", err)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
		if _, _, err := checkHeader(name, c.Headers[name]); err != nil {
			return within("headers", err)
		}
	}
	if _, err := ParseTransport(c.Transport); err != nil {
		return within("transport", err)
	}
	if c.SocketPath != "" {
		if _, err := parseSocketPath(c.SocketPath); err != nil {
			return within("socketPath", err)
		}
	}
	if c.Timeout < 0 {
		return within("timeout", faulty("not positive").hinted(durationHint))
	}
	return nil
}

// anchor makes the relative paths of a configuration file relative to its folder, not to wherever
// deltatap runs.
func (c *Config) anchor(dir string) {
	for name, context := range c.Contexts {
		context.CAFile = anchored(dir, context.CAFile)
		if path, ok := strings.CutPrefix(context.Token, schemeFile); ok {
			context.Token = schemeFile + anchored(dir, path)
		}
		c.Contexts[name] = context
	}
}

func anchored(dir, path string) string {
	path = expandHome(path)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Names lists the contexts in alphabetical order.
func (c Config) Names() []string { return slices.Sorted(maps.Keys(c.Contexts)) }

// Context returns the context of that name.
func (c *Config) Context(name string) (Context, error) {
	if context, ok := c.Contexts[name]; ok {
		return context, nil
	}
	e := faulty("no such context").hinted("deltatap context add makes one")
	if names := c.Names(); len(names) > 0 {
		e.Hint = "there are " + strings.Join(names, ", ")
	}
	if CheckName(name) != nil {
		return Context{}, e
	}
	return Context{}, about(fmt.Sprintf("context %s", name), e)
}
