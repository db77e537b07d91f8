// Package rawjson reads raw JSON: bytes as they came over the wire, without a decoder between.
//
// It holds the one reader of instants, so that the contract, the cache, the comparison and the
// stand-in never disagree on whether a text is a time, and on which. A Carebase server spells the
// hour of midnight as 24: T24:15 is a quarter past midnight at the beginning of the day named.
//
// The package imports nothing of this module.
package rawjson
