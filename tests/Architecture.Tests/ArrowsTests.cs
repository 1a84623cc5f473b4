using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>
/// Holds the arrows between the projects of <c>src/</c>: which may reference which. Siblings (controllers, scheduler, node,
/// network, flows) never reference each other; they meet through API objects.
/// </summary>
public sealed class ArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Api"] = [],
        ["Storage"] = [],
        ["Task"] = [],
        ["ApiServer"] = ["Api", "Storage"],
        ["Client"] = ["Api"],
        ["Controllers"] = ["Client"],
        ["Scheduler"] = ["Client"],
        ["Node"] = ["Client"],
        ["Simulation"] = ["Client"],
        ["Network"] = ["Client"],
        ["Flows"] = ["Client"],
        ["Builder"] = ["Client"],
        ["Cli"] = ["Client", "Flows"],
        ["Host"] = ["Api", "Storage", "ApiServer", "Client", "Controllers", "Scheduler", "Node", "Simulation", "Network", "Flows", "Cli"],
    };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(d => Path.GetFileName(d)!)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string project)
    {
        Assert.True(Allowed.TryGetValue(project, out var allowed), $"src/{project} is new: say in this table what it may reference");

        var extra = References(project).Except(allowed).ToList();

        Assert.True(extra.Count == 0, $"src/{project} references {string.Join(", ", extra)}, against the arrows");
    }

    [Fact]
    public void Every_project_in_the_table_exists() =>
        Assert.Equal(Allowed.Keys.Order(), Projects.Select(p => p.Data).Order());

    [Fact]
    public void No_project_states_package_versions_of_its_own()
    {
        var own = ProjectFiles().Where(file => XDocument.Load(file).Descendants("PackageReference").Any(p => p.Attribute("Version") is not null || p.Attribute("VersionOverride") is not null));

        Assert.Empty(own);
    }

    [Fact]
    public void Every_project_is_part_of_the_solution()
    {
        var listed = XDocument.Load(Path.Combine(Root, "Slipway.slnx")).Descendants("Project").Select(p => p.Attribute("Path")!.Value).Order();
        var present = ProjectFiles().Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/')).Order();

        Assert.Equal(present, listed);
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Directory.GetFiles(Path.Combine(Root, "src", project), "*.csproj").Single())
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileName(Path.GetDirectoryName(reference.Attribute("Include")!.Value.Replace('\\', '/')))!);

    private static IEnumerable<string> ProjectFiles() =>
        new[] { "src", "tests", "bench", "tools", "examples" }
            .Select(folder => Path.Combine(Root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.GetFiles(folder, "*.csproj", SearchOption.AllDirectories));

    private static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    private static string FindRoot(string directory) =>
        File.Exists(Path.Combine(directory, "Slipway.slnx")) ? directory : FindRoot(Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Slipway.slnx was not found above the test"));
}
