package session

import (
	"fmt"
	"path/filepath"
	"strings"
)

// packingOf is how a file of that name is compressed.
func packingOf(name string) packing {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".zst":
		return zstdFrames
	case ".gz":
		return gzipStream
	}
	return plainText
}

// splitName splits a path where a part's number goes: before the endings for the kind of text and
// for the compression.
func splitName(path string) (stem, endings string) {
	folder, name := filepath.Split(path)
	packed := ""
	if packingOf(name) != plainText {
		packed = filepath.Ext(name)
		name = strings.TrimSuffix(name, packed)
	}
	kind := filepath.Ext(name)
	if kind == name { // a hidden file, and no ending
		kind = ""
	}
	return folder + strings.TrimSuffix(name, kind), kind + packed
}

// PartName is the path of a part of the recording at path: path itself for part 1, else as in
// day.part0002.ndjson.zst.
func PartName(path string, part int) string {
	if part <= 1 {
		return path
	}
	stem, endings := splitName(path)
	return fmt.Sprintf("%s.part%04d%s", stem, part, endings)
}

// partPattern matches the paths of all parts but the first.
func partPattern(path string) string {
	stem, endings := splitName(path)
	quote := strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`, `\`, `\\`)
	return quote.Replace(stem) + ".part[0-9][0-9][0-9][0-9]*" + quote.Replace(endings)
}
