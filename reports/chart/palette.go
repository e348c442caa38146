package chart

import (
	"cmp"
	"image"
	"image/color"
	"slices"
)

// quantize reduces a picture to a palette: its most frequent colours, and for
// each other one, a shade on the edge of a letter, the nearest of them. The
// difference cannot be seen, and the file is a fraction of the size.
func quantize(img *image.RGBA) *image.Paletted {
	type shade struct{ key, n uint32 }
	at := func(i int) uint32 {
		return uint32(img.Pix[i])<<24 | uint32(img.Pix[i+1])<<16 | uint32(img.Pix[i+2])<<8 | uint32(img.Pix[i+3])
	}
	shadeOf := func(key uint32) color.RGBA {
		return color.RGBA{uint8(key >> 24), uint8(key >> 16), uint8(key >> 8), uint8(key)}
	}
	counts := map[uint32]uint32{}
	var last, run uint32
	for i := 0; i < len(img.Pix); i += 4 {
		key := at(i)
		if key != last && run > 0 {
			counts[last] += run
			run = 0
		}
		last = key
		run++
	}
	counts[last] += run
	shades := make([]shade, 0, len(counts))
	for k, n := range counts {
		shades = append(shades, shade{k, n})
	}
	slices.SortFunc(shades, func(a, b shade) int {
		if a.n != b.n {
			return cmp.Compare(b.n, a.n)
		}
		return cmp.Compare(a.key, b.key)
	})
	top := shades[:min(len(shades), 256)]
	palette := make(color.Palette, len(top))
	index := make(map[uint32]uint8, len(shades))
	for i, s := range top {
		palette[i] = shadeOf(s.key)
		index[s.key] = uint8(i)
	}
	for _, s := range shades[len(top):] {
		index[s.key] = uint8(palette.Index(shadeOf(s.key)))
	}
	out := image.NewPaletted(img.Bounds(), palette)
	var lastIndex uint8
	last = ^at(0)
	for i, j := 0, 0; i < len(img.Pix); i, j = i+4, j+1 {
		key := at(i)
		if key != last {
			last, lastIndex = key, index[key]
		}
		out.Pix[j] = lastIndex
	}
	return out
}
