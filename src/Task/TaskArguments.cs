namespace Slipway.Wrapper;

/// <summary>What <c>slipway-task run</c> is asked to do.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Files">Files to store, by name of the output.</param>
/// <param name="Values">Files with JSON to store as values, by name of the output.</param>
/// <param name="Socket">Path of the artifact endpoint.</param>
/// <param name="TerminationLog">Path at which Kubernetes expects the termination message.</param>
internal sealed record TaskArguments(
    IReadOnlyList<string> Command,
    IReadOnlyList<KeyValuePair<string, string>> Files,
    IReadOnlyList<KeyValuePair<string, string>> Values,
    string Socket,
    string TerminationLog)
{
    public static bool TryParse(string[] arguments, out TaskArguments task, out string error)
    {
        var files = new List<KeyValuePair<string, string>>();
        var values = new List<KeyValuePair<string, string>>();
        var socket = "/slipway/task.sock";
        var terminationLog = "/dev/termination-log";
        task = null!;
        for (var i = 0; i < arguments.Length; i++)
        {
            var option = arguments[i];
            if (option == "--")
            {
                if (i + 1 == arguments.Length)
                    break;
                task = new TaskArguments(arguments[(i + 1)..], files, values, socket, terminationLog);
                error = "";
                return true;
            }

            if (option is not ("--socket" or "--termination" or "--file" or "--value"))
            {
                error = $"slipway-task: unknown option {option}; write -- before the command";
                return false;
            }

            if (++i == arguments.Length)
            {
                error = $"slipway-task: {option} needs a value";
                return false;
            }

            var value = arguments[i];
            if (option == "--socket")
            {
                socket = value;
            }
            else if (option == "--termination")
            {
                terminationLog = value;
            }
            else
            {
                var separator = value.IndexOf('=', StringComparison.Ordinal);
                if (separator < 1 || separator == value.Length - 1)
                {
                    error = $"slipway-task: {option} {value}: must be NAME=PATH";
                    return false;
                }

                (option == "--file" ? files : values).Add(new(value[..separator], value[(separator + 1)..]));
            }
        }

        error = "slipway-task: no command; write it after --";
        return false;
    }
}
