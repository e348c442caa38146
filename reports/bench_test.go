package reports_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"agentreport/reports"
)

// BenchmarkFold folds one conversation and computes its days.
func BenchmarkFold(b *testing.B) {
	for _, n := range []int{7, 100} {
		b.Run(fmt.Sprintf("%devents", n), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			var list []reports.Event
			for len(list) < n {
				list = append(list, randomEvents(rng)...)
			}
			list = list[:n]
			for i := range list {
				list[i].ID = fmt.Sprint(i)
			}
			b.ReportAllocs()
			for b.Loop() {
				c := rules.Fold(list)
				rules.Days(&c)
			}
		})
	}
}

// BenchmarkMask masks texts of numbers, each of which is looked at with the words beside it: twice the text takes twice the time.
func BenchmarkMask(b *testing.B) {
	for _, n := range []int{2_000, 20_000, 40_000} {
		text := strings.Repeat("my number is 612 345 678, order 48213 for kim@example.com. ", n/59+1)[:n]
		b.Run(fmt.Sprintf("%dcharacters", n), func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				reports.Mask(text)
			}
		})
	}
}
