using Slipway.Api.Kinds;

namespace Slipway.Api.Tests.Kinds;

public class TaskPathTests
{
    [Theory]
    [InlineData("clean", "clean", null, null)]
    [InlineData("clean[3]", "clean", 3, null)]
    [InlineData("train@2", "train", null, 2)]
    [InlineData("etl[2].fit[5]@3", "etl.fit", 5, 3)]
    [InlineData("a.b-c[0].d", "a.b-c.d", null, null)]
    public void A_path_comes_back_from_its_text(string text, string task, int? index, int? round)
    {
        var path = TaskPath.TryParse(text)!;
        Assert.Equal((text, task, index, round), (path.Text, path.Task, path.Index, path.Round));
        Assert.Equal(task.Split('.'), path.Names);
        Assert.Equal(path, TaskPath.TryParse(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a[x]")]
    [InlineData("a@1[2]")]
    [InlineData("a/b")]
    [InlineData("-a")]
    public void Other_texts_are_no_paths(string text) => Assert.Null(TaskPath.TryParse(text));

    [Theory]
    [InlineData("etl", "etl[2].clean[5]", true)]
    [InlineData("etl[2]", "etl[2].clean[5]", true)]
    [InlineData("etl[1]", "etl[2].clean[5]", false)]
    [InlineData("etl.clean", "etl[2].clean[5]", true)]
    [InlineData("etl.clean[5]", "etl[2].clean[5]", true)]
    [InlineData("etl.clean[4]", "etl[2].clean[5]", false)]
    [InlineData("clean", "etl[2].clean[5]", false)]
    [InlineData("etl[2].clean[5]", "etl[2]", false)]
    [InlineData("train", "train@3", true)]
    [InlineData("train@2", "train@3", false)]
    public void A_path_covers_what_lies_in_it(string path, string other, bool covers) =>
        Assert.Equal(covers, TaskPath.TryParse(path)!.Covers(TaskPath.TryParse(other)!));
}
