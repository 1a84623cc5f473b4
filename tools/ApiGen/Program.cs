using Slipway.ApiGen;

// Usage: ApiGen [--check] [repository root]. Writes the generated files, or with --check says which differ (exit 1).
var check = args.Contains("--check");
var root = args.FirstOrDefault(a => !a.StartsWith('-')) ?? Directory.GetCurrentDirectory();
var output = Path.Combine(root, "src", "Api");
if (!Directory.Exists(output))
{
    Console.Error.WriteLine($"{root} is not the root of the repository: there is no src/Api in it");
    return 2;
}

var generation = Generation.Run();
foreach (var gap in generation.Gaps) Console.Error.WriteLine(gap);
if (generation.Gaps.Count > 0)
{
    Console.Error.WriteLine("tools/ApiGen/facts does not cover the package: add the facts, or an exception with its reason");
    return 1;
}

var differences = 0;
foreach (var (path, text) in generation.Files)
{
    var file = Path.Combine(output, path);
    if (File.Exists(file) && File.ReadAllText(file) == text) continue;
    differences++;
    Console.WriteLine(check ? $"{path} differs from what ApiGen writes: run tools/ApiGen and commit" : $"wrote {path}");
    if (check) continue;
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllText(file, text);
}
return check && differences > 0 ? 1 : 0;
