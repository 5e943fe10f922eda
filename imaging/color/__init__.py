"""What the numbers of a picture mean, and the same picture in sRGB.

stills.py    a file's picture to sRGB: the one entry of `imaging.decode`
icc.py       ICC profiles
png.py       the chunks of PNG that tell a color space, and 16 bits a channel
heif.py      HEIC and AVIF: nclx, and 10 or 12 bits a channel
spaces.py    color spaces by their primaries and curves (ITU-T H.273)
hdr.py       PQ and HLG, and how their light is brought to what every screen shows
convert.py   pixels from any color space to sRGB, in bands of rows; a lookup table for videos
"""
