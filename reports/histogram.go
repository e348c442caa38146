package reports

import (
	"math"
	"slices"
	"time"
)

// Durations is an additive summary of durations: an exact count and sum, and a
// histogram whose buckets grow by 2 %, so that a percentile is within 1 %.
type Durations struct {
	Count   int64
	Sum     int64 // milliseconds
	Buckets []Bucket
}

// Bucket counts the durations of one size class. Buckets are sorted by Class.
type Bucket struct {
	Class int
	N     int64
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
	d.Count++
	d.Sum += x.Milliseconds()
	d.addBucket(Bucket{class(x.Milliseconds()), 1})
}

// Merge counts all durations of another summary.
func (d *Durations) Merge(o Durations) {
	d.Count += o.Count
	d.Sum += o.Sum
	for _, b := range o.Buckets {
		d.addBucket(b)
	}
}

func (d *Durations) addBucket(b Bucket) {
	i, found := slices.BinarySearchFunc(d.Buckets, b.Class, func(have Bucket, class int) int { return have.Class - class })
	if found {
		d.Buckets[i].N += b.N
		return
	}
	d.Buckets = slices.Insert(d.Buckets, i, b)
}

// Mean is the exact mean; false without any duration.
func (d *Durations) Mean() (time.Duration, bool) {
	if d.Count == 0 {
		return 0, false
	}
	return time.Duration(math.Round(float64(d.Sum)/float64(d.Count))) * time.Millisecond, true
}

// Percentile is the smallest duration that p (0–1) of all durations do not
// exceed, within 1 %; false without any duration.
func (d *Durations) Percentile(p float64) (time.Duration, bool) {
	if d.Count == 0 {
		return 0, false
	}
	rank := max(1, int64(math.Ceil(p*float64(d.Count))))
	for _, b := range d.Buckets {
		if rank -= b.N; rank <= 0 {
			return time.Duration(math.Round(middle(b.Class))) * time.Millisecond, true
		}
	}
	return 0, false
}
