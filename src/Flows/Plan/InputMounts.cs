using System.Globalization;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Works out what a task finds under /in.</summary>
internal static class InputMounts
{
    /// <summary>Paths and hashes; null and the problem if an input is no file.</summary>
    public static List<KeyValuePair<string, string>>? For(FlowTask task, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var entries = new List<KeyValuePair<string, string>>();
        foreach (var (name, text) in task.Inputs ?? [])
        {
            switch (FlowTemplate.Parse(text).Evaluate(scope))
            {
                case FileValue file:
                    entries.Add(new(name, file.File.Sha256));
                    break;
                case CelList list when list.Items.All(i => i is FileValue):
                    entries.Add(new(name + "/", ""));
                    for (var i = 0; i < list.Items.Count; i++)
                    {
                        var file = (FileValue)list.Items[i];
                        entries.Add(new(string.Create(CultureInfo.InvariantCulture, $"{name}/{file.Index ?? i:D5}-{file.File.FileName}"), file.File.Sha256));
                    }

                    break;
                case CelError error:
                    problem = $"inputs.{name} has no value: {error.Message}; correct {text}";
                    return null;
                case var other:
                    problem = $"inputs.{name} must be a file or a list of files, but is {other.TypeName}; refer to tasks.TASK.files.NAME";
                    return null;
            }
        }

        return entries;
    }
}
