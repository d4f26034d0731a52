# Settings and what this program is.
settings-language = Language
settings-theme = Light or dark
settings-size = Size of everything
settings-larger = Larger
settings-smaller = Smaller
settings-tones = Tone when a unit ends
settings-on = On
settings-off = Off
settings-about = About
settings-version = Version
settings-station = Station
settings-site = Site
settings-licence = Licence
settings-fonts = Fonts
diagnostics = Diagnostics
diagnostics-why = One file with what helps to find out what is wrong: configuration, token, batches, the last entries of the log. No password, PIN or key is in it.
diagnostics-write = Write the file
