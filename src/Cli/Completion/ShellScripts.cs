namespace Slipway.Cli.Completion;

/// <summary>What shells load to complete command lines: each hands the line up to the cursor to <c>slipway complete</c>, by the name that was typed where the shell tells it, and files come where that has nothing.</summary>
internal static class ShellScripts
{
    /// <summary>The scripts by the names of the shells.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["bash"] = """
            _slipway() {
                local IFS=$'\n'
                COMPREPLY=($("${1/#\~\//$HOME/}" complete "${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
            }
            complete -o default -F _slipway slipway

            """.ReplaceLineEndings("\n"),
        ["zsh"] = """
            #compdef slipway
            _slipway() {
                local -a names
                names=(${(f)"$(${~words[1]} complete "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)"})
                compset -P '--*='
                if (( $#names )); then compadd -- $names; else _files; fi
            }
            if [[ $funcstack[1] == _slipway ]]; then _slipway "$@"; else compdef _slipway slipway; fi

            """.ReplaceLineEndings("\n"),
        ["fish"] = """
            function __slipway_complete
                set -l option (string match -r -- '^--[^=]*=' (commandline -ct))
                set -l names (slipway complete (commandline -cp | string collect) 2>/dev/null)
                set -q names[1]; or set names (__fish_complete_path (string replace -r -- '^--[^=]*=' '' (commandline -ct)))
                set -q names[1]; and printf '%s\n' "$option"$names
            end
            complete -c slipway -f -a '(__slipway_complete)'

            """.ReplaceLineEndings("\n"),
    };
}
