package chart_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/image/draw"

	"agentreport/reports/chart"
)

var update = flag.Bool("update", false, "write the contact sheet anew")

// The grounds on which people read.
var (
	lightGround = color.RGBA{0xff, 0xff, 0xff, 0xff}
	darkGround  = color.RGBA{0x1a, 0x1d, 0x21, 0xff}
)

// sheet is a picture of pictures, for people and for this test.
type sheet struct {
	file  string
	width int // of each, in pixels
	names []string
}

// The sheets: every chart as a phone shows it, and those of a digest as a screen does.
var sheets = []sheet{
	{"charts.png", 360, nil},
	{"charts-720.png", 720, []string{"activity", "rates", "channels", "feedback"}},
	{"charts-1200.png", 1200, []string{"activity", "rates"}},
}

// drawSheet draws each chart on light and, beside it, on dark ground.
func drawSheet(t *testing.T, s sheet, pictures []picture) (*image.RGBA, map[string]image.Rectangle) {
	const gap = 12
	across := max(1, 3000/(2*(s.width+gap)))
	type cell struct {
		name string
		img  image.Image
		at   image.Point
	}
	var cells []cell
	x, y, tallest := 0, gap, 0
	for _, p := range pictures {
		if s.names != nil && !slices.Contains(s.names, p.name) {
			continue
		}
		b, err := chart.PNG(&p.table, printer(p.language), p.heading)
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		img, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if dir := os.Getenv("CHARTS_DIR"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, p.name+".png"), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if x == across {
			x, y, tallest = 0, y+tallest+gap, 0
		}
		cells = append(cells, cell{p.name, img, image.Pt(x, y)})
		tallest = max(tallest, img.Bounds().Dy()*s.width/img.Bounds().Dx())
		x++
	}
	half := across*(s.width+gap) + gap
	out := image.NewRGBA(image.Rect(0, 0, 2*half, y+tallest+gap))
	where := map[string]image.Rectangle{}
	for n, ground := range []color.RGBA{lightGround, darkGround} {
		draw.Draw(out, image.Rect(n*half, 0, (n+1)*half, out.Bounds().Max.Y), image.NewUniform(ground), image.Point{}, draw.Src)
		for _, c := range cells {
			at := image.Pt(n*half+gap+c.at.X*(s.width+gap), c.at.Y)
			r := image.Rectangle{at, at.Add(image.Pt(s.width, c.img.Bounds().Dy()*s.width/c.img.Bounds().Dx()))}
			draw.CatmullRom.Scale(out, r, c.img, c.img.Bounds(), draw.Over, nil)
			where[fmt.Sprintf("%s on %s", c.name, []string{"light", "dark"}[n])] = r
		}
	}
	return out, where
}

// TestContactSheets draws every chart and compares it with the sheets that people have
// looked at.
func TestContactSheets(t *testing.T) {
	pictures := gallery()
	for _, s := range sheets {
		file := filepath.Join("..", "..", "docs", s.file)
		got, where := drawSheet(t, s, pictures)
		if *update {
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, got); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := png.Decode(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want.Bounds() != got.Bounds() {
			t.Errorf("%s is %v, the one that was looked at %v: look at it after -update", s.file, got.Bounds(), want.Bounds())
			continue
		}
		for name, r := range where {
			if n := differ(want, got, r); n > r.Dx()*r.Dy()/1000 {
				t.Errorf("%s, %s: %d pixels differ from the sheet: look at it after -update", s.file, name, n)
			}
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
