# Data directories of a recipe; sourced after stages.sh.

# prepare_parts: train, valid and test in $data, those of $parts or else cut from $data_root by
# sentence; the test set is what utterances in the file $held_out say, where one is given
prepare_parts() {
    local part
    if [ -n "$parts" ]; then
        for part in train valid test; do
            step "$task_name.prepare_$part" --reads "$parts/$part" \
                --writes "$data/$part/wav.scp" -- \
                speechgen prepare auto "$parts/$part" --output "$data/$part"
        done
        return
    fi
    step "$task_name.prepare" --reads "$data_root" --writes "$data/all/wav.scp" -- \
        speechgen prepare auto "$data_root" --output "$data/all"
    step "$task_name.split" --reads "$data/all" ${held_out:+"$held_out"} \
        --writes "$data/train/wav.scp" "$data/valid/wav.scp" "$data/test/wav.scp" -- \
        speechgen prepare split "$data/all" --output "$data" --by sentence --valid 0.04 --test 0.12 \
        ${held_out:+--held-out "$held_out"}
}
