using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class FileLookTests
{
    private static readonly DateTime Since = new(2026, 1, 1, 0, 0, 10, DateTimeKind.Utc);

    [Theory]
    [InlineData("a.csv 3 @11", "a.csv 3 @11", null, "a.csv")]
    [InlineData("", "a.csv 3 @11", null, "")]                                    // seen for the first time
    [InlineData("a.csv 2 @11", "a.csv 3 @11", null, "")]                         // grows
    [InlineData("a.csv 3 @11", "a.csv 3 @12", null, "")]                         // is written
    [InlineData("a.csv 3 @9", "a.csv 3 @9", null, "")]                           // was there before
    [InlineData("b 1 @12, a 1 @11", "a 1 @11, b 1 @12", null, "a b")]            // the eldest first
    [InlineData("a.csv 1 @11, b.txt 1 @11", "a.csv 1 @11, b.txt 1 @11", "*.csv", "a.csv")]
    [InlineData(".a 1 @11, b 1 @11", ".a 1 @11, b 1 @11", null, "b")]
    [InlineData(".a 1 @11, b 1 @11", ".a 1 @11, b 1 @11", ".*", ".a")]
    [InlineData("A.CSV 1 @11", "A.CSV 1 @11", "*.csv", "")]
    public void A_file_counts_when_it_is_the_same_at_two_looks(string before, string now, string? pattern, string expected)
    {
        var files = FileLook.Complete(Counting(pattern, before), Counting(pattern, now));
        Assert.Equal(expected, string.Join(' ', files.Select(f => f.Name)));
    }

    [Theory]
    [InlineData("", "", "9")]                           // a minute for what is late, and two looks
    [InlineData("a.csv 3 @5", "", "5")]                 // not dealt with
    [InlineData("a.csv 3 @5", "a.csv", "9")]
    [InlineData("a.csv 3 @4, b.csv 1 @7", "a.csv", "7")]
    [InlineData("a.csv 3 @50", "", "9")]
    public void What_was_changed_before_is_dealt_with_when_nothing_older_is_open(string now, string known, string second)
    {
        var settled = FileLook.Settled(Files(now), new DateTime(2026, 1, 1, 0, 1, 29, DateTimeKind.Utc), f => known == f.Name, TimeSpan.FromSeconds(80));
        Assert.Equal(second, $"{settled.Second}");
    }

    [Fact]
    public void Nothing_counts_at_the_first_look() => Assert.Empty(FileLook.Complete(null, Files("a 1 @11")));

    [Fact]
    public void The_same_file_has_the_same_identity_and_one_that_is_written_anew_another()
    {
        var file = Files("a 1 @11")[0];
        var id = In("/in").ToEvent(file).Id;
        Assert.Equal(id, In("/in").ToEvent(file with { Changed = file.Changed.AddHours(1) }).Id);
        Assert.NotEqual(id, In("/in").ToEvent(file with { Size = 2 }).Id);
        Assert.NotEqual(id, In("/in").ToEvent(file with { Modified = file.Modified.AddTicks(1) }).Id);
        Assert.NotEqual(id, In("/other").ToEvent(file).Id);

        static DirectoryArrivals In(string directory) => new(null!, new DirectoryReads(_ => [], TimeProvider.System), "default", new FilesTrigger { Directory = directory });
    }

    [Fact]
    public void An_object_that_is_put_anew_is_another()
    {
        var file = Files("in/a 1 @11")[0] with { Etag = "x" };
        using var arrivals = new BucketArrivals(null!, _ => throw new InvalidOperationException("nothing is looked at here"), "default", new BucketTrigger { Endpoint = "https://s3.example.com", Bucket = "b" });
        Assert.Equal(arrivals.ToEvent(file).Id, arrivals.ToEvent(file).Id);
        Assert.NotEqual(arrivals.ToEvent(file).Id, arrivals.ToEvent(file with { Etag = "y" }).Id);
        Assert.Empty(FileLook.Complete([file], [file with { Etag = "y" }]));
    }

    [Fact]
    public void A_directory_of_the_machine_is_read_as_it_is()
    {
        var directory = Directory.CreateTempSubdirectory("slipway-files-");
        try
        {
            var path = Path.Combine(directory.FullName, "a.csv");
            File.WriteAllText(path, "1,2\n");
            var written = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
            File.SetLastWriteTimeUtc(path, written);
            File.CreateSymbolicLink(Path.Combine(directory.FullName, "link"), path);
            Directory.CreateDirectory(Path.Combine(directory.FullName, "below"));
            var file = Assert.Single(NodeDirectory.Read(directory.FullName));
            Assert.Equal(("a.csv", 4L, new DateTimeOffset(written)), (file.Name, file.Size, file.Modified));
            Assert.True(file.Changed > file.Modified);
            Assert.Throws<DirectoryNotFoundException>(() => NodeDirectory.Read(Path.Combine(directory.FullName, "none")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static List<FileState> Counting(string? pattern, string text) => Files(text).FindAll(f => FileLook.Counts(pattern, f.Name, f.Changed, Since));

    private static List<FileState> Files(string text) =>
    [
        .. text.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(t => t.Split(' ')).Select(t =>
        {
            var time = new DateTimeOffset(2026, 1, 1, 0, 0, int.Parse(t[2][1..], null), TimeSpan.Zero);
            return new FileState(t[0], long.Parse(t[1], null), time, time);
        }),
    ];
}
