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
                    entries.Add(Entry(name, file.File));
                    break;
                case CelList list when IsOfFiles(list):
                    AddDirectory(name + "/", list, entries);
                    break;
                case CelUnknown unknown:
                    entries.Add(new(name, unknown.Shown)); // which has no hash
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

    private static KeyValuePair<string, string> Entry(string path, FileRecord file) => new(file.IsDirectory ? path + "/" : path, file.Sha256);

    private static bool IsOfFiles(CelList list) => list.Items.All(i => i is FileValue || (i is CelList inner && IsOfFiles(inner)));

    /// <summary>A list of files is a directory, and a list of lists, from a forEach in a forEach, a directory of directories.</summary>
    private static void AddDirectory(string path, CelList list, List<KeyValuePair<string, string>> entries)
    {
        entries.Add(new(path, ""));
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i] is FileValue file)
                entries.Add(Entry(string.Create(CultureInfo.InvariantCulture, $"{path}{file.Index ?? i:D5}-{file.File.FileName}"), file.File));
            else
                AddDirectory(string.Create(CultureInfo.InvariantCulture, $"{path}{i:D5}/"), (CelList)list.Items[i], entries);
        }
    }
}
