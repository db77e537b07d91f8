package endpoint

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// fields hands each member to its reader, and refuses one that has none: a misspelt key must not be
// silently without effect. Errors name the key.
func fields(members map[string]any, readers map[string]func(any) error) error {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		read, known := readers[key]
		if !known {
			return within(shown(key), faulty("unknown key").hinted("known are "+strings.Join(slices.Sorted(maps.Keys(readers)), ", ")))
		}
		if err := read(members[key]); err != nil {
			return within(key, err)
		}
	}
	return nil
}

// keyName is how a key looks, and a token hardly: letters alone.
var keyName = compileLater(`^[A-Za-z][A-Za-z_-]{0,31}$`)

// compileLater compiles an expression when it is first used: no command should wait at its start
// for what it does not need.
func compileLater(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// shown is a key that looks like one, or a word for one that may be anything.
func shown(key string) string {
	if keyName().MatchString(key) {
		return key
	}
	return "(unreadable)"
}

func text(into *string) func(any) error {
	return func(value any) error {
		switch value := value.(type) {
		case nil:
			return nil
		case string:
			*into = value
			return nil
		}
		return faulty("want text").hinted("quote it where it looks like a number or a date")
	}
}

func truth(into *bool) func(any) error {
	return func(value any) error {
		switch value := value.(type) {
		case nil:
			return nil
		case bool:
			*into = value
			return nil
		}
		return faulty("want true or false")
	}
}

func duration(into *time.Duration) func(any) error {
	return func(value any) error {
		if value == nil {
			return nil
		}
		text, ok := value.(string)
		if !ok {
			return faulty("want a duration").hinted(durationHint)
		}
		d, err := parseTimeout(text)
		*into = d
		return err
	}
}

func texts(into *map[string]string) func(any) error {
	return func(value any) error {
		if value == nil {
			return nil
		}
		members, ok := value.(map[string]any)
		if !ok {
			return faulty("want names with values")
		}
		*into = make(map[string]string, len(members))
		for _, name := range slices.Sorted(maps.Keys(members)) {
			var member string
			if err := text(&member)(members[name]); err != nil {
				return within(shown(name), err)
			}
			(*into)[name] = member
		}
		return nil
	}
}

const durationHint = "like 10s or 1m30s"

func parseTimeout(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, faulty("not a duration").hinted(durationHint)
	case d <= 0:
		return 0, faulty("not positive").hinted(durationHint)
	}
	return d, nil
}
