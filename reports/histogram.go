package reports

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// Durations is an additive summary of durations: an exact count, sum, smallest
// and largest, and a histogram whose buckets grow by 2 %, so that a percentile is
// within 1 %.
//
// Most reports ask for no percentile. Packed histograms that are added are kept
// as they are until one does.
type Durations struct {
	Count    int64
	Sum      int64 // milliseconds, as Min and Max
	Min, Max int64 // of none: 0
	buckets  []bucket
	packed   [][]byte // see Pack; not yet in buckets
}

// bucket counts the durations of one size class. Buckets are sorted by class.
type bucket struct {
	class int
	n     int64
}

// PackedDurations is the summary with a histogram that Pack made.
func PackedDurations(d Durations, histogram []byte) Durations {
	d.buckets, d.packed = nil, nil
	if len(histogram) > 0 {
		d.packed = [][]byte{histogram}
	}
	return d
}

// Pack writes the histogram, each bucket as two varints: how many classes after
// the one before, and how many durations.
func (d *Durations) Pack() []byte {
	var b []byte
	last := 0
	for _, x := range d.unpacked() {
		b = binary.AppendUvarint(b, uint64(x.class-last))
		b = binary.AppendUvarint(b, uint64(x.n))
		last = x.class
	}
	return b
}

// unpacked is the whole histogram. What is damaged in it is left out: the
// count and the sum do not depend on it.
func (d *Durations) unpacked() []bucket {
	for _, b := range d.packed {
		class := 0
		for len(b) > 0 {
			step, n := binary.Uvarint(b)
			count, m := binary.Uvarint(b[max(n, 0):])
			if n <= 0 || m <= 0 {
				break
			}
			class += int(step)
			d.add(bucket{class, int64(count)})
			b = b[n+m:]
		}
	}
	d.packed = nil
	return d.buckets
}

// Equal reports whether two summaries are of the same durations.
func (d Durations) Equal(o Durations) bool {
	// A look unpacks, which must not reach into the buckets of those that are compared.
	d.buckets, o.buckets = slices.Clone(d.buckets), slices.Clone(o.buckets)
	return d.Count == o.Count && d.Sum == o.Sum && d.Min == o.Min && d.Max == o.Max && slices.Equal(d.unpacked(), o.unpacked())
}

const growth = 1.02

var logGrowth = math.Log(growth)

// class is 0 for no time at all, else 1 + ⌊log₁.₀₂ ms⌋.
func class(ms int64) int {
	if ms < 1 {
		return 0
	}
	return 1 + int(math.Log(float64(ms))/logGrowth)
}

// middle is the geometric middle of a class, in milliseconds.
func middle(class int) float64 {
	if class == 0 {
		return 0
	}
	return math.Pow(growth, float64(class)-0.5)
}

// Add counts one duration.
func (d *Durations) Add(x time.Duration) {
	d.extend(&Durations{Count: 1, Sum: x.Milliseconds(), Min: x.Milliseconds(), Max: x.Milliseconds()})
	d.add(bucket{class(x.Milliseconds()), 1})
}

// Merge counts all durations of another summary.
func (d *Durations) Merge(o *Durations) {
	d.extend(o)
	d.packed = append(d.packed, o.packed...)
	for _, b := range o.buckets {
		d.add(b)
	}
}

// extend adds what is exact of another summary.
func (d *Durations) extend(o *Durations) {
	switch {
	case o.Count == 0:
		return
	case d.Count == 0:
		d.Min, d.Max = o.Min, o.Max
	default:
		d.Min, d.Max = min(d.Min, o.Min), max(d.Max, o.Max)
	}
	d.Count += o.Count
	d.Sum += o.Sum
}

func (d *Durations) add(b bucket) {
	i, found := slices.BinarySearchFunc(d.buckets, b.class, func(have bucket, class int) int { return have.class - class })
	if found {
		d.buckets[i].n += b.n
		return
	}
	d.buckets = slices.Insert(d.buckets, i, b)
}

// Mean is the exact mean; false without any duration.
func (d *Durations) Mean() (time.Duration, bool) {
	if d.Count == 0 {
		return 0, false
	}
	return time.Duration(math.Round(float64(d.Sum)/float64(d.Count))) * time.Millisecond, true
}

// Percentile is the smallest duration that p (0–1) of all durations do not
// exceed, within 1 %; false without any duration. It is exact where it is the
// smallest or the largest, so also where all are equal.
func (d *Durations) Percentile(p float64) (time.Duration, bool) {
	if d.Count == 0 {
		return 0, false
	}
	rank := max(1, int64(math.Ceil(p*float64(d.Count))))
	ms := d.Max
	if rank == 1 {
		ms = d.Min
	} else if rank < d.Count {
		for _, b := range d.unpacked() {
			if rank -= b.n; rank <= 0 {
				ms = min(max(int64(math.Round(middle(b.class))), d.Min), d.Max)
				break
			}
		}
	}
	return time.Duration(ms) * time.Millisecond, true
}
