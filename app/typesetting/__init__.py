"""Documents to be filed: what is printed from a read model.

The face in this folder is Noto Sans JP, regular weight (SIL Open Font License, see LICENSE), every character of it: names of
people and places need rare ones. What only a layout engine reads (substitutions, kerning, hints, vertical metrics) was left out:

    npm pack @expo-google-fonts/noto-sans-jp@0.4.3
    python -m fontTools.subset NotoSansJP_400Regular.ttf --unicodes='*' --layout-features= --no-hinting --name-IDs='*' \\
        --drop-tables+=vhea,vmtx,VORG,BASE,GPOS,GSUB,GDEF,STAT,DSIG --output-file=NotoSansJP-Regular.ttf
"""
