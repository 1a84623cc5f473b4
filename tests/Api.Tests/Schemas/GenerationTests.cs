using System.Runtime.CompilerServices;
using Slipway.ApiGen;

namespace Slipway.Api.Tests.Schemas;

public sealed class GenerationTests
{
    [Fact]
    public void FactsAndPackageCoverEachOther() => Assert.Empty(Generation.Run().Gaps);

    [Fact]
    public void CommittedFilesAreWhatTheGeneratorWrites()
    {
        var generation = Generation.Run();
        var root = Root();
        var committed = new[] { "Schemas/Generated", "Kinds/Generated" }
            .SelectMany(folder => Directory.GetFiles(Path.Combine(root, folder)))
            .ToDictionary(f => Path.GetRelativePath(root, f), File.ReadAllText);
        Assert.Equal(generation.Files.Keys, committed.Keys.Order(StringComparer.Ordinal));
        Assert.All(generation.Files, file => Assert.True(committed[file.Key] == file.Value, $"{file.Key} differs: run tools/ApiGen and commit"));
    }

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Api"));
}
