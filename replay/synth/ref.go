package synth

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/carebase/deltatap/replay/rawjson"
)

// Scheme is what the name of a session that is to be made up begins with.
const Scheme = "synth:"

// IsRef says whether a name is that of a session to be made up.
func IsRef(name string) bool { return strings.HasPrefix(name, Scheme) }

// ParseRef reads the name of a session that is to be made up: synth:PROFILE?deltas=10000&seed=7.
// The options are named as the fields of Options are: seed, items, deltas, duration, users, start,
// and faulty, a list with commas. Those left out are zero, and so is the profile where there is
// none. The error is an *OptionsError.
func ParseRef(ref string) (Options, error) {
	rest, ok := strings.CutPrefix(ref, Scheme)
	if !ok {
		return Options{}, &OptionsError{"session", "is not of the form synth:PROFILE?deltas=10000&seed=7"}
	}
	name, query, _ := strings.Cut(rest, "?")
	o := Options{Profile: Profile(name)}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		option, value, _ := strings.Cut(part, "=")
		text, err := url.PathUnescape(value)
		if err == nil {
			err = o.set(option, text)
		}
		if err != nil {
			return Options{}, &OptionsError{option, whyNot(err, text)}
		}
	}
	_, err := o.complete()
	return o, err
}

// whyNot says what is wrong with the value of an option.
func whyNot(err error, value string) string {
	if errors.Is(err, errNoOption) {
		return errNoOption.Error()
	}
	return strconv.Quote(value) + " cannot be read"
}

var errNoOption = errors.New("there are seed, items, deltas, duration, users, start and faulty")

// set sets one option.
func (o *Options) set(option, value string) (err error) {
	switch option {
	case "seed":
		o.Seed, err = strconv.ParseUint(value, 10, 64)
	case "items":
		o.Items, err = strconv.Atoi(value)
	case "deltas":
		o.Deltas, err = strconv.ParseInt(value, 10, 64)
	case "users":
		o.Users, err = strconv.Atoi(value)
	case "duration":
		o.Duration, err = time.ParseDuration(value)
	case "start":
		var ok bool
		if o.Start, ok = rawjson.ParseInstant(value); !ok {
			err = errors.New("not an RFC 3339 time")
		}
	case "faulty":
		o.Faulty = strings.Split(value, ",")
	default:
		err = errNoOption
	}
	return err
}

// Ref is the name that ParseRef reads. It leaves out what is zero.
func (o Options) Ref() string {
	var parts []string
	add := func(option, value string) { parts = append(parts, option+"="+value) }
	if o.Seed != 0 {
		add("seed", strconv.FormatUint(o.Seed, 10))
	}
	if o.Items != 0 {
		add("items", strconv.Itoa(o.Items))
	}
	if o.Deltas != 0 {
		add("deltas", strconv.FormatInt(o.Deltas, 10))
	}
	if o.Duration != 0 {
		add("duration", o.Duration.String())
	}
	if o.Users != 0 {
		add("users", strconv.Itoa(o.Users))
	}
	if !o.Start.IsZero() {
		add("start", o.Start.Format(time.RFC3339Nano))
	}
	if len(o.Faulty) > 0 {
		add("faulty", strings.Join(o.Faulty, ","))
	}
	ref := Scheme + string(o.Profile)
	if len(parts) > 0 {
		ref += "?" + strings.Join(parts, "&")
	}
	return ref
}
