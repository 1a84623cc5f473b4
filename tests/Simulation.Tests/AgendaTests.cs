using Microsoft.Extensions.Time.Testing;
using Slipway.Api;

namespace Slipway.Simulation.Tests;

public sealed class AgendaTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Start);
    private readonly Agenda _agenda;

    public AgendaTests() => _agenda = new(_clock);

    [Fact]
    public async Task Entries_come_when_they_are_due_and_in_order()
    {
        Set("late", 20);
        Set("b", 10);
        Set("c", 10);
        Set("a", 5);
        await using var due = _agenda.DueAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(["a", "b", "c"], [await NextAsync(due), await NextAsync(due), await NextAsync(due)]);
        var waiting = NextAsync(due);
        Set("sooner", 15);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("sooner", await waiting);
        Assert.Equal(1, _agenda.Count);
    }

    [Fact]
    public async Task What_is_set_anew_takes_the_place_of_what_was()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Set("churning", 1000 + i);
            Set("other", 2000 - i % 10);
        }
        Assert.Equal(2, _agenda.Count);
        Set("other", null);
        Set("other", null);
        Assert.Equal(1, _agenda.Count);
        Set("churning", 0);
        await using var due = _agenda.DueAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.Equal("churning", await NextAsync(due));
        Assert.Equal(0, _agenda.Count);
    }

    [Fact]
    public async Task What_is_put_back_gives_way_to_what_has_been_set_meanwhile()
    {
        Set("a", 0);
        Set("b", 0);
        await using var due = _agenda.DueAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        var taken = new List<Agenda.Entry>();
        for (var i = 0; i < 2 && await due.MoveNextAsync(); i++) taken.Add(due.Current);
        Set("b", 50);
        foreach (var entry in taken) _agenda.Postpone(entry, Start.UtcDateTime.AddSeconds(1));
        Assert.Equal(2, _agenda.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a", await NextAsync(due));
        var waiting = NextAsync(due);
        _clock.Advance(TimeSpan.FromSeconds(49));
        Assert.Equal("b", await waiting);
        Assert.Equal(0, _agenda.Count);
    }

    private void Set(string name, int? second) =>
        _agenda.Set(new ObjectKey("default", name), new SimulatedPod(), second is { } due ? new PodStep(PodStage.Ready, Start.UtcDateTime.AddSeconds(due)) : null);

    private static async Task<string> NextAsync(IAsyncEnumerator<Agenda.Entry> due)
    {
        Assert.True(await due.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        return due.Current.Key.Name;
    }
}
