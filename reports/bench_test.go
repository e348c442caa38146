package reports_test

import (
	"fmt"
	"math/rand/v2"
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
