package scan

import "github.com/carebase/deltatap/replay/contract"

// values counts the values of members that the contract does not know, a bounded number of them by
// name.
type values struct {
	counted map[name]int64
	kinds   map[contract.Field]int // how many values of each member have an entry
}

func (v *values) add(n name) {
	if v.counted == nil {
		v.counted, v.kinds = map[name]int64{}, map[contract.Field]int{}
	}
	if n.value == "" {
		n.value = None
	}
	if _, known := v.counted[n]; !known && n.value != None {
		if v.kinds[n.field] == MaxValues {
			n.value = Others
		} else {
			v.kinds[n.field]++
		}
	}
	v.counted[n]++
}

// counts puts the known values of a member, by their indexes, and the others into one map.
func (v *values) counts(field contract.Field, known []string, sums []int64) map[string]int64 {
	counts := map[string]int64{}
	for k, n := range sums {
		if k != other && n > 0 {
			counts[known[k]] = n
		}
	}
	for n, count := range v.counted {
		if n.field == field {
			counts[n.value] += count
		}
	}
	return counts
}
