package commands

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/carebase/deltatap/replay/plan"
	"github.com/go-json-experiment/json/jsontext"
)

// cacheKey is the key that the app keeps its cached plan under.
const cacheKey = "plan_cache_v1"

// stored is what the text of an app's store keeps: the value of the app's key in a dump of it, and
// what a string says, since the store keeps strings. It is nil where there is neither. A dump is an
// object, the list of pairs of AsyncStorage's multiGet, or a list of the store's rows.
func stored(name string, text []byte) ([]byte, error) {
	if plan.Valid(text) != nil {
		return nil, nil
	}
	switch plan.KindOf(text) {
	case plan.String:
		return said(text), nil
	case plan.Object:
		return ofObject(name, text)
	case plan.Array:
		return ofList(name, text)
	}
	return nil, nil
}

// said is what a JSON string says; nil where the value is none.
func said(value []byte) []byte {
	inner, err := jsontext.AppendUnquote(nil, value)
	if err != nil || plan.KindOf(value) != plan.String {
		return nil
	}
	return inner
}

// ofObject is the value of the app's key in an object.
func ofObject(name string, object []byte) ([]byte, error) {
	if value := rowOf(object); value != nil {
		return value, nil
	}
	value := plan.Get(object, cacheKey)
	if value != nil && plan.KindOf(value) == plan.Null {
		return beside(name)
	}
	return value, nil
}

// rowOf is the value in a row of the store, {"key":"plan_cache_v1","value":"…"}; nil where it is
// none of that key.
func rowOf(row []byte) []byte {
	value := plan.Get(row, "value")
	if key := plan.Get(row, "key"); value == nil || key != nil && string(said(key)) != cacheKey {
		return nil
	}
	return value
}

// ofList is the value of the app's key in a list of pairs, of rows, or of dumps.
func ofList(name string, list []byte) (found []byte, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(list), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	_, wrong := dec.ReadToken()
	for wrong == nil && found == nil && err == nil && dec.PeekKind() != ']' {
		var element jsontext.Value
		if element, wrong = dec.ReadValue(); wrong == nil {
			found, err = ofElement(name, element)
		}
	}
	return found, err
}

// ofElement is the value of the app's key in an element of a list.
func ofElement(name string, element []byte) ([]byte, error) {
	switch plan.KindOf(element) {
	case plan.Array:
		key, value := pairOf(element)
		if string(said(key)) != cacheKey {
			return nil, nil
		}
		if plan.KindOf(value) == plan.Null {
			return nil, usage("the app had read no plan when this was saved", "%s: not a plan: the store holds none under %s", name, cacheKey)
		}
		return bytes.Clone(value), nil
	case plan.Object:
		value, err := ofObject(name, element)
		return bytes.Clone(value), err
	}
	return nil, nil
}

// pairOf splits a pair of key and value; it is of nothing where the list is none.
func pairOf(list []byte) (first, second []byte) {
	dec := jsontext.NewDecoder(bytes.NewReader(list), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := dec.ReadToken(); err != nil || dec.PeekKind() != '"' {
		return nil, nil
	}
	value, err := dec.ReadValue()
	if err != nil {
		return nil, nil
	}
	first = bytes.Clone(value)
	if value, err = dec.ReadValue(); err != nil {
		return nil, nil
	}
	return first, bytes.Clone(value)
}

// beside reads the value that an iPhone's AsyncStorage keeps in a file beside its manifest, since
// it is longer than 1,024 characters: the manifest then has null for it.
func beside(name string) ([]byte, error) {
	sum := md5.Sum([]byte(cacheKey))
	file := hex.EncodeToString(sum[:])
	hint := "copy " + file + " from the folder of the manifest, RCTAsyncLocalStorage_V1, and name that"
	if name == standardInput || builtIn(name) {
		return nil, usage(hint, "%s: not a plan: the manifest holds null for %s: it is in the file %s beside it", name, cacheKey, file)
	}
	path := filepath.Join(filepath.Dir(name), file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, usage(hint, "%s: not a plan: the manifest holds null for %s: it is in the file %s, which is not beside it", name, cacheKey, file)
	}
	in, err := openNamed(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return in.text()
}

// sqliteMagic is what an SQLite database begins with.
var sqliteMagic = []byte("SQLite format 3\x00")

// refuseSQLite names the database, and the query that brings the plan out: an Android's
// AsyncStorage is one.
func refuseSQLite(name string, head []byte) error {
	table := "catalystLocalStorage"
	if !bytes.Contains(head, []byte(table)) && bytes.Contains(head, []byte("`Storage`")) {
		table = "Storage"
	}
	return usage("sqlite3 "+name+` "select value from `+table+` where key = '`+cacheKey+`'" > plan.json`,
		"%s: not a plan: it is an SQLite database, as Android's AsyncStorage is", name)
}
