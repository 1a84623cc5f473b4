namespace Slipway.Host.Clusters;

public sealed class ClusterRemainsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void All_data_goes_and_a_directory_that_was_there_before_stays(bool owns)
    {
        Directory.CreateDirectory(Path.Combine(directory["data"], "artifacts", "deep"));
        Directory.CreateDirectory(Path.Combine(directory["data"], "lost+found"));
        File.WriteAllText(Path.Combine(directory["data"], "state.db"), "");
        Remains(owns).RemoveData();
        Assert.Equal(!owns, Directory.Exists(directory["data"]));
        if (!owns) Assert.Equal("lost+found", Path.GetFileName(Assert.Single(Directory.EnumerateFileSystemEntries(directory["data"]))));
        Remains(owns).RemoveData();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_data_that_was_put_elsewhere_only_the_link_is_removed(bool owns)
    {
        Directory.CreateDirectory(Path.Combine(directory["elsewhere"], "kept"));
        Directory.CreateDirectory(Path.Combine(directory["data"], "volumes"));
        Directory.CreateSymbolicLink(Path.Combine(directory["data"], "artifacts"), directory["elsewhere"]);
        Directory.CreateSymbolicLink(Path.Combine(directory["data"], "dangling"), directory["nowhere"]);
        Remains(owns).RemoveData();
        Assert.Equal(!owns, Directory.Exists(directory["data"]));
        if (!owns) Assert.Empty(Directory.EnumerateFileSystemEntries(directory["data"]));
        Assert.True(Directory.Exists(Path.Combine(directory["elsewhere"], "kept")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    public void A_data_directory_that_is_a_link_itself_is_removed(string end)
    {
        Directory.CreateDirectory(Path.Combine(directory["elsewhere"], "kept"));
        Directory.CreateSymbolicLink(directory["data"], directory["elsewhere"]);
        Remains(owns: true, end).RemoveData();
        Assert.False(Path.Exists(directory["data"]));
        Assert.True(Directory.Exists(Path.Combine(directory["elsewhere"], "kept")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logs_that_lie_among_those_of_the_machine_go_with_the_data_and_those_of_others_stay(bool owns)
    {
        foreach (var pod in new[] { "default_ours_1", "default_theirs_2" })
            Directory.CreateDirectory(Path.Combine(directory["var-log"], "pods", pod, "main"));
        Directory.CreateDirectory(Path.Combine(directory["data"], "logs"));
        Directory.CreateSymbolicLink(Path.Combine(directory["data"], "logs", "default_ours_1"), Path.Combine(directory["var-log"], "pods", "default_ours_1"));
        Remains(owns).RemoveData();
        Assert.Equal(["default_theirs_2"], Directory.EnumerateDirectories(Path.Combine(directory["var-log"], "pods")).Select(Path.GetFileName));
        Assert.Equal(!owns, Directory.Exists(directory["data"]));
    }

    private ClusterRemains Remains(bool owns, string end = "")
    {
        var cluster = new Cluster
        {
            Name = "a",
            Id = "0001",
            DataDirectory = directory["data"] + end,
            OwnsDataDirectory = owns,
            ApiPort = 6443,
            PodCidr = "10.128.0.0/20",
            ServiceCidr = "10.128.16.0/20",
        };
        return new(cluster, new MachinePaths(directory["lib"], directory["run"]).Of(cluster), TimeProvider.System, directory["var-log"]);
    }
}
