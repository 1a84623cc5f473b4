using Slipway.ApiServer.Agents;

namespace Slipway.ApiServer.Tests.Agents;

public sealed class AgentAccessTests
{
    [Theory]
    [InlineData("GET", "/stats/summary", "get nodes/stats")]
    [InlineData("GET", "/stats/summary?only_cpu_and_memory=true", "get nodes/stats")]
    [InlineData("GET", "/metrics", "get nodes/metrics")]
    [InlineData("HEAD", "/metrics/cadvisor", "get nodes/metrics")]
    [InlineData("GET", "/metricsx", "get nodes/proxy")]
    [InlineData("GET", "/logs/messages", "get nodes/log")]
    [InlineData("GET", "/pods", "get nodes/pods, get nodes/proxy")]
    [InlineData("GET", "/runningpods/", "get nodes/pods, get nodes/proxy")]
    [InlineData("GET", "/configz", "get nodes/configz, get nodes/proxy")]
    [InlineData("GET", "/healthz", "get nodes/healthz, get nodes/proxy")]
    [InlineData("GET", "/healthz/ping", "get nodes/healthz, get nodes/proxy")]
    [InlineData("GET", "/containerLogs/ns/p/c?follow=true", "get nodes/proxy")]
    [InlineData("DELETE", "/anything", "delete nodes/proxy")]
    [InlineData("PROPFIND", "/anything", " nodes/proxy")]
    [InlineData("GET", "/", "get nodes/proxy")]
    // Who may read must not run commands, however the path is written.
    [InlineData("GET", "/exec/ns/p/c?command=ls", "create nodes/proxy")]
    [InlineData("POST", "/exec/ns/p/c?command=ls", "create nodes/proxy")]
    [InlineData("GET", "//exec/ns/p/c", "create nodes/proxy")]
    [InlineData("GET", "/attach/ns/p/c", "create nodes/proxy")]
    [InlineData("PUT", "/portForward/ns/p", "create nodes/proxy")]
    public void A_request_takes_what_the_kubelet_asks_for(string method, string path, string expected) =>
        Assert.Equal(expected, string.Join(", ", AgentAccess.Questions(TestApi.Admin, "n1", method, path).Select(q =>
        {
            Assert.Equal(("", "n1", ""), (q.Group, q.Name, q.Namespace));
            return $"{q.Verb} {q.ResourceText}";
        })));

    [Theory]
    [InlineData("/exec/ns/p/c?command=ls", true)]
    [InlineData("//exec/ns/p/c", true)]
    [InlineData("/attach/ns/p/c", true)]
    [InlineData("/portForward/ns/p", true)]
    [InlineData("/containerLogs/ns/p/c?follow=true", false)]
    [InlineData("/metrics?/exec", false)]
    [InlineData("", false)]
    public void Streams_are_known_by_their_path(string path, bool expected) => Assert.Equal(expected, AgentAccess.IsStream(path));
}
