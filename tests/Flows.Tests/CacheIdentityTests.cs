using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class CacheIdentityTests
{
    [Theory]
    // what is changed -> the parts that differ
    [InlineData("", "")]
    [InlineData("run", "")]
    [InlineData("command", "command")]
    [InlineData("split", "command")] // the same characters in other words
    [InlineData("variable", "env MODE")]
    [InlineData("secret", "env TOKEN")]
    [InlineData("param", "param since")]
    [InlineData("param, key", "")]
    [InlineData("interval", "run.end")]
    [InlineData("interval, key", "")]
    [InlineData("own key, key", "key")]
    [InlineData("item", "item")]
    [InlineData("input", "input months")]
    [InlineData("output", "outputs")]
    [InlineData("pod", "pod")]
    [InlineData("command, param, input", "command, input months, param since")]
    public void What_a_result_depends_on_is_compared_part_by_part(string changed, string differs)
    {
        var hasKey = changed.EndsWith(", key", StringComparison.Ordinal);
        var (before, after) = (Identity("", hasKey), Identity(changed, hasKey));
        Assert.Equal(differs, string.Join(", ", after.DifferenceFrom(before)));
        Assert.Equal(differs.Length == 0, before.Key("x@sha256:1") == after.Key("x@sha256:1"));
        Assert.NotEqual(before.Key("x@sha256:1"), before.Key("x@sha256:2"));
        Assert.Equal(after.Key("d"), CacheIdentity.Parse(after.Text())!.Key("d"));
    }

    [Fact]
    public void A_result_is_of_its_task_or_of_the_namespace()
    {
        Assert.NotEqual(Identity("", false).Key("d"), Identity("task", false).Key("d"));
        Assert.Equal(Identity("namespace", false).Key("d"), Identity("namespace task", false).Key("d"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("{\"scope\":1}")]
    public void What_is_no_identity_is_none(string? text) => Assert.Null(CacheIdentity.Parse(text));

    private static CacheIdentity Identity(string changed, bool hasKey)
    {
        var task = new FlowTask
        {
            Outputs = new TaskOutputs { Files = new() { ["f"] = Is("output") ? "/out/g" : "/out/f" } },
            Cache = new TaskCache { Scope = changed.StartsWith("namespace", StringComparison.Ordinal) ? TaskCache.NamespaceScope : null },
        };
        List<string> command = Is("command") ? ["c", "2"] : Is("split") ? ["c1"] : ["c", "1"];
        List<V1EnvVar> environment =
        [
            new() { Name = "SLIPWAY_RUN", Value = Is("run") ? "r-2" : "r-1" },
            new() { Name = "SLIPWAY_ATTEMPT", Value = Is("run") ? "2" : "1" },
            new() { Name = "SLIPWAY_PARAMS", Value = Is("param") ? """{"since":2,"n":[1]}""" : """{"since":1,"n":[1]}""" },
            new() { Name = "SLIPWAY_START", Value = "2026-01-01T00:00:00Z" },
            new() { Name = "SLIPWAY_END", Value = Is("interval") ? "2026-01-03T00:00:00Z" : "2026-01-02T00:00:00Z" },
            new() { Name = "SLIPWAY_ITEM", Value = Is("item") ? "b" : "a" },
            new() { Name = "MODE", Value = Is("variable") ? "slow" : "fast" },
            new() { Name = "TOKEN", ValueFrom = new() { SecretKeyRef = new() { Name = Is("secret") ? "t" : "s", Key = "k" } } },
        ];
        List<KeyValuePair<string, string>> inputs = [new("raw", "aa"), new("months/00000-f", "bb"), new("months/00001-f", Is("input") ? "dd" : "cc")];
        return CacheIdentity.Of("f", changed.EndsWith("task", StringComparison.Ordinal) ? "u" : "t", task, command, environment, inputs, Is("pod") ? ["step-load", "", "load"] : [], !hasKey ? null : Is("own key") ? "k2" : "k1");

        bool Is(string part) => changed.Split(", ").Contains(part);
    }
}
