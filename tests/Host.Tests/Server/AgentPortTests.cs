using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Cli;
using Slipway.Host.Clusters;

namespace Slipway.Host.Server;

public sealed class AgentPortTests
{
    private readonly HashSet<int> _taken = [];
    private readonly List<int> _tried = [];

    [Theory]
    [InlineData(6443, false, 10250)]
    [InlineData(6443, true, 0)]
    [InlineData(10250, false, 0)]
    public async Task A_usual_port_that_is_taken_is_left_to_who_has_it(int api, bool isTaken, int tried)
    {
        if (isTaken) _taken.Add(10250);
        Assert.Equal(tried, await ListenAsync(api));
        Assert.Equal([tried], _tried);
    }

    [Fact]
    public async Task A_port_that_is_taken_meanwhile_is_not_taken_for_that_of_the_API()
    {
        await ListenAsync(6443, before: () => _taken.Add(10250));
        Assert.Equal([10250, 0], _tried);
    }

    [Theory]
    [InlineData(new[] { 6443 }, new[] { 10250 })]
    [InlineData(new[] { 6443, 10250 }, new[] { 10250, 0 })]
    public async Task A_port_of_the_API_that_is_taken_meanwhile_is_told(int[] takenMeanwhile, int[] tried)
    {
        var failure = await Assert.ThrowsAsync<CommandException>(() => ListenAsync(6443, before: () => _taken.UnionWith(takenMeanwhile)));
        Assert.Contains("6443", failure.Message);
        Assert.Equal(tried, _tried);
    }

    private Task<int> ListenAsync(int apiPort, Action? before = null)
    {
        var cluster = new Cluster { Name = "a", Id = "0001", DataDirectory = "/none", ApiPort = apiPort, PodCidr = "10.128.0.0/20", ServiceCidr = "10.128.16.0/20" };
        return AgentPort.ListenAsync(cluster, address => !_taken.Contains(address.Port), agent =>
        {
            before?.Invoke();
            _tried.Add(agent.Port);
            // A port cannot be listened on twice, by the same program either.
            return _taken.Contains(apiPort) || _taken.Contains(agent.Port) || agent.Port == apiPort ? Task.FromException<int>(new IOException("address already in use")) : Task.FromResult(agent.Port);
        }, NullLogger.Instance);
    }
}
