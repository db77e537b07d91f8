package endpoint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Put adds a context to the configuration file at path, or replaces the one of that name, and
// leaves everything else in the file as it stands, comments too. It returns the configuration as it
// is then.
func Put(path string, context Context) (*Config, error) {
	if err := CheckName(context.Name); err != nil {
		return nil, err
	}
	if err := context.Check(); err != nil {
		return nil, err
	}
	return edit(path, context.Name, putting(context))
}

func putting(context Context) func(root *yaml.Node) error {
	return func(root *yaml.Node) error {
		contexts, err := child(root, "contexts")
		if err != nil {
			return err
		}
		set(contexts, context.Name, context.node())
		return nil
	}
}

// Use makes a context of the configuration file the current one.
func Use(path, name string) (*Config, error) {
	config, err := LoadConfig(path)
	if err != nil {
		return nil, err
	}
	if _, err := config.Context(name); err != nil {
		return nil, err
	}
	return edit(path, name, func(root *yaml.Node) error {
		set(root, "current", scalar(name))
		return nil
	})
}

// Remove takes a context out of the configuration file; where it is the current one, none is
// current any more.
func Remove(path, name string) (*Config, error) {
	config, err := LoadConfig(path)
	if err != nil {
		return nil, err
	}
	if _, err := config.Context(name); err != nil {
		return nil, err
	}
	return edit(path, name, func(root *yaml.Node) error {
		contexts, err := child(root, "contexts")
		if err != nil {
			return err
		}
		remove(contexts, name)
		if config.Current == name {
			remove(root, "current")
		}
		return nil
	})
}

// edit changes the configuration file in one step: who reads it meanwhile sees the old one or the
// new.
func edit(path, name string, change func(root *yaml.Node) error) (*Config, error) {
	text, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	changed, err := revise(text, name, change)
	if err != nil {
		return nil, about(path, err)
	}
	if err := replaceFile(path, changed); err != nil {
		return nil, about(path, writeFault(err))
	}
	return LoadConfig(path)
}

// revise is the text of a configuration after a change of the context of that name. A change that
// the text would not survive, because it is YAML of an unusual kind, is refused: every other
// context must read as it did.
func revise(text []byte, name string, change func(root *yaml.Node) error) ([]byte, error) {
	before, err := parseConfig(text)
	if err != nil {
		return nil, err
	}
	changed, err := rewrite(text, change)
	if err != nil {
		return nil, err
	}
	after, err := parseConfig(changed)
	if err != nil {
		return nil, errByHand
	}
	delete(before.Contexts, name)
	for other, context := range before.Contexts {
		if !reflect.DeepEqual(context, after.Contexts[other]) {
			return nil, errByHand
		}
	}
	return changed, nil
}

// errByHand tells of a file that is good, but written in a way that deltatap does not write.
var errByHand = faulty("cannot be changed by deltatap as it is written").hinted("edit the file by hand")

// rewrite changes YAML text and keeps what it does not touch, comments too.
func rewrite(text []byte, change func(root *yaml.Node) error) ([]byte, error) {
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); err != nil && err != io.EOF {
		return nil, yamlFault(err)
	}
	if err := decoder.Decode(new(yaml.Node)); err != io.EOF {
		return nil, faulty("holds more than one YAML document").hinted("edit the file by hand")
	}
	root, err := mapping(&document)
	if err != nil {
		return nil, err
	}
	if err := change(root); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&document); err != nil {
		return nil, faulty("cannot be written as YAML")
	}
	return out.Bytes(), nil
}

// mapping is the top of a document, made where the file was empty.
func mapping(document *yaml.Node) (*yaml.Node, error) {
	if document.Kind == 0 || len(document.Content) == 0 {
		document.Kind = yaml.DocumentNode
		document.Content = []*yaml.Node{{Kind: yaml.MappingNode}}
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		root.Kind, root.Tag, root.Value = yaml.MappingNode, "", ""
	}
	if root.Kind != yaml.MappingNode {
		return nil, faulty("want current and contexts")
	}
	return root, nil
}

// child is the mapping below key, made where there is none.
func child(root *yaml.Node, key string) (*yaml.Node, error) {
	i := position(root, key)
	if i < 0 || root.Content[i+1].Tag == "!!null" {
		set(root, key, &yaml.Node{Kind: yaml.MappingNode})
		i = position(root, key)
	}
	node := root.Content[i+1]
	if node.Kind != yaml.MappingNode {
		return nil, errByHand
	}
	return node, nil
}

// position is where key stands among a mapping's keys and values, or -1.
func position(node *yaml.Node, key string) int {
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return i
		}
	}
	return -1
}

func set(node *yaml.Node, key string, value *yaml.Node) {
	i := position(node, key)
	if i < 0 {
		node.Content = append(node.Content, scalar(key), value)
		return
	}
	old := node.Content[i+1]
	value.LineComment, value.FootComment = old.LineComment, old.FootComment
	node.Content[i+1] = value
}

func remove(node *yaml.Node, key string) {
	if i := position(node, key); i >= 0 {
		node.Content = slices.Delete(node.Content, i, i+2)
	}
}

// scalar is text that reads back as text, quoted where it would be taken for something else.
func scalar(text string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(text)
	return node
}

// node is a context as it is written: members that say nothing are left out.
func (c Context) node() *yaml.Node {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, member := range []struct{ key, value string }{
		{"server", c.Server},
		{"token", c.Token},
		{"transport", c.Transport},
		{"socketPath", c.SocketPath},
		{"caFile", c.CAFile},
	} {
		if member.value != "" {
			set(node, member.key, scalar(member.value))
		}
	}
	if len(c.Headers) > 0 {
		headers := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range slices.Sorted(maps.Keys(c.Headers)) {
			set(headers, name, scalar(c.Headers[name]))
		}
		set(node, "headers", headers)
	}
	if c.Timeout > 0 {
		set(node, "timeout", scalar(c.Timeout.String()))
	}
	for _, member := range []struct {
		key   string
		value bool
	}{{"insecure", c.Insecure}, {"writable", c.Writable}} {
		if member.value {
			set(node, member.key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
		}
	}
	return node
}

// replaceFile puts a file of mode 0600 in path's place, whole or not at all. A link stays, and what
// it leads to is replaced.
func replaceFile(path string, content []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, ".config-*.yaml") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // nothing is left there once it was renamed
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func writeFault(err error) *Error {
	reason := "cannot be written"
	if errors.Is(err, fs.ErrPermission) {
		reason += ": permission denied"
	}
	return &Error{Reason: reason, Err: err}
}
