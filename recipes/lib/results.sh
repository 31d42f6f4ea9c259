# The end of a recipe: RESULTS.md, and what to listen to and look at; sourced after stages.sh.

# report_and_list FOLDER...: FOLDERs hold what was made, figures and samples among it
report_and_list() {
    local folder file
    step "$task_name.report" --reads "$exp/$task_name/results" --writes "$exp/RESULTS.md" -- \
        speechgen score report --exp "$exp"
    say "== $task_name, summary"
    say "   results:  $exp/RESULTS.md"
    for folder in "$@"; do
        if [ ! -d "$folder" ]; then continue; fi
        case $folder in */figures*) say "   look at:" ;; *) say "   listen to:" ;; esac
        if [ -f "$folder/index.html" ]; then say "     $folder/index.html"; continue; fi
        for file in "$folder"/*; do say "     $file"; done
    done
}

# publish DIR: into DIR go RESULTS.md, the JSON behind it, a contact sheet a task and a few sounds
publish() {
    [ -f "$exp/RESULTS.md" ] || die "--publish: $exp/RESULTS.md is not there; run all stages first"
    speechgen score publish --exp "$exp" --output "$1"
    say "== published to $1"
}
