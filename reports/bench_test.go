package reports_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"agentreport/reports"
)

// BenchmarkFold folds one conversation and computes its days.
func BenchmarkFold(b *testing.B) {
	rules := reports.Rules{Zone: time.UTC, Window: reports.DefaultWindow}
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
				c := reports.Fold(list)
				rules.Days(&c)
			}
		})
	}
}
