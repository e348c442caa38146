package chart_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/draw"

	"agentreport/reports/chart"
)

var update = flag.Bool("update", false, "write the contact sheet anew")

// sheetFile shows every chart, for people and for this test.
var sheetFile = filepath.Join("..", "..", "docs", "charts.png")

const across, thumbWidth, thumbHeight, gap = 4, 600, 360, 10

// TestContactSheet draws every chart and compares it with the sheet that people
// have looked at.
func TestContactSheet(t *testing.T) {
	pictures := gallery()
	rows := (len(pictures) + across - 1) / across
	sheet := image.NewRGBA(image.Rect(0, 0, across*(thumbWidth+gap)+gap, rows*(thumbHeight+gap)+gap))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.RGBA{0x1a, 0x1d, 0x21, 0xff}), image.Point{}, draw.Src)
	cell := func(i int) image.Rectangle {
		at := image.Pt(gap+i%across*(thumbWidth+gap), gap+i/across*(thumbHeight+gap))
		return image.Rectangle{at, at.Add(image.Pt(thumbWidth, thumbHeight))}
	}
	for i, p := range pictures {
		b, err := chart.PNG(&p.table, printer(p.language), chart.Titled)
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		draw.BiLinear.Scale(sheet, cell(i), img, img.Bounds(), draw.Src, nil)
		if dir := os.Getenv("CHARTS_DIR"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, p.name+".png"), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if *update {
		f, err := os.Create(sheetFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(f, sheet); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(sheetFile)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != sheet.Bounds() {
		t.Fatalf("the sheet is %v, the one that was looked at %v: look at it after -update", sheet.Bounds(), want.Bounds())
	}
	for i, p := range pictures {
		if n := differ(want, sheet, cell(i)); n > thumbWidth*thumbHeight/1000 {
			t.Errorf("%s: %d pixels differ from the sheet: look at it after -update", p.name, n)
		}
	}
}

// differ counts the pixels that are visibly different.
func differ(a, b image.Image, r image.Rectangle) int {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r0, g0, b0, _ := a.At(x, y).RGBA()
			r1, g1, b1, _ := b.At(x, y).RGBA()
			if apart(r0, r1) || apart(g0, g1) || apart(b0, b1) {
				n++
			}
		}
	}
	return n
}

func apart(a, b uint32) bool { return max(a, b)-min(a, b) > 0x1800 }

func TestDeterministic(t *testing.T) {
	tab := table("rates", 12, days(12, 60))
	first, err := chart.PNG(&tab, printer("en"), chart.Titled)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		again, err := chart.PNG(&tab, printer("en"), chart.Titled)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, again) {
			t.Fatal("the same table gave other bytes")
		}
	}
}

// BenchmarkDigestCharts draws the four pictures of a digest.
func BenchmarkDigestCharts(b *testing.B) {
	data := days(12, 60)
	names := []string{"activity", "rates", "channels", "feedback"}
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range names {
			t := table(name, 12, data)
			if _, err := chart.PNG(&t, printer("en"), chart.Titled); err != nil {
				b.Fatal(err)
			}
		}
	}
}
