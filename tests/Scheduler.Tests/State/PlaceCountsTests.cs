namespace Slipway.Scheduler.Tests.State;

public sealed class PlaceCountsTests
{
    [Fact]
    public void The_emptiest_place_is_known_whatever_comes_and_goes()
    {
        var random = new Random(5);
        var (counts, model) = (new PlaceCounts(), new Dictionary<string, int>());
        Assert.Equal(0, counts.Least);
        for (var i = 0; i < 5000; i++)
        {
            var place = $"p{random.Next(20)}";
            var pods = model.GetValueOrDefault(place) > 0 && random.Next(2) == 0 ? -1 : random.Next(3);
            counts.Add(place, pods);
            model[place] = model.GetValueOrDefault(place) + pods;
            Assert.Equal((model.Count, model.Values.Min(), model.Values.Sum(), model[place]), (counts.Places, counts.Least, counts.Total, counts.At(place)));
        }
    }
}
